"""Which augmentation helps a small network that sees few hand-written digits? About a minute."""

import augbench

result = augbench.compare(
    "keras", "albumentations", "mixup", data="digits", train_size=300, epochs=5, seeds=2
)
print(result.conclusion)
print(result.accuracy[["policy", "test_accuracy_mean", "delta_mean", "verdict"]])
print("The whole report:", result.report)
