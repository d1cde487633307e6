"""Its slow tier: does training still gain from each policy what it gained?"""
