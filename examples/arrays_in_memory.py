"""Images in arrays and an augmentation in a few words: does it help? About a minute."""

from posterize import Posterize
from sklearn.datasets import load_digits

import augbench

digits = load_digits()
images = (digits.images * 15).astype("uint8")  # N×H×W, 0…240

result = augbench.compare(
    "keras",
    Posterize(bits=2),
    data=(images, digits.target),
    spec={"rotation_range": 15, "zoom_range": 0.1},
    train_size=300,
    epochs=5,
    seeds=2,
)
print(result.conclusion)
print(result.per_class.query("verdict == 'worse'")[["policy", "class", "delta_mean", "verdict"]])
