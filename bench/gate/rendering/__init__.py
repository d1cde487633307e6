"""What does a policy make of pictures and cards? Read from pixels, whatever the policy is."""
