"""Is something wrong with a policy by itself, with no stored file to compare it with?"""
