"""Does the policy of posterize.py help, alone and after the one that Keras carries out?

From a terminal, in this folder, the same is
augbench compare "posterize:Posterize(bits=2)" "both=keras + posterize:Posterize(bits=2)"
with the options below.
"""

import augbench

result = augbench.compare(
    "posterize:Posterize(bits=2)",
    "both=keras + posterize:Posterize(bits=2)",
    data="digits",
    train_size=300,
    epochs=5,
    seeds=2,
)
print(result.conclusion)
print(result.overfitting[["policy", "gap_last", "verdict"]])
