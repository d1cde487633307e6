"""A comparison as people write it by hand: one process, all cores, every seed in turn.

    python -m benchmarks.by_hand DATA.npz EPOCHS

``DATA.npz`` has x_ and y_ of train, validation and test. It trains the reference CNN on images as
they are, with ``ImageDataGenerator.flow``, and with an ``A.Compose`` in a ``PyDataset``.
"""

from __future__ import annotations

import sys
from typing import Any

#: what both sides of the comparison do to images
WORDS: dict[str, Any] = {
    "rotation_range": 15,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "zoom_range": 0.1,
}
SEEDS, BATCH = 4, 32
POLICIES = ("none", "keras", "albumentations")


def main() -> None:
    """Train, and print the accuracy of every trial."""
    import albumentations
    import keras
    import numpy as np
    from augbench.bench.trial import models
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    class Augmented(keras.utils.PyDataset):  # type: ignore[misc]
        """Batches of images that a pipeline changes one by one."""

        def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
            super().__init__()
            self.images, self.labels = images, labels
            self.order = np.random.permutation(len(images))
            self.pipeline = albumentations.Compose(
                [
                    albumentations.Affine(
                        rotate=(-15, 15),
                        translate_percent={"x": (-0.1, 0.1), "y": (-0.1, 0.1)},
                        scale=(0.9, 1.1),
                        border_mode=1,
                        p=1.0,
                    )
                ]
            )

        def __len__(self) -> int:
            return -(-len(self.images) // BATCH)

        def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
            rows = self.order[step * BATCH : (step + 1) * BATCH]
            changed = [self.pipeline(image=self.images[row])["image"] for row in rows]
            return np.stack(changed).astype("float32") / 255, self.labels[rows]

        def on_epoch_end(self) -> None:
            np.random.shuffle(self.order)

    data, epochs = np.load(sys.argv[1]), int(sys.argv[2])
    x_train, x_validation, x_test = (data[f"x_{part}"] for part in ("train", "validation", "test"))
    classes = int(data["y_train"].max()) + 1
    y_train, y_validation, y_test = (
        keras.utils.to_categorical(data[f"y_{part}"], classes)
        for part in ("train", "validation", "test")
    )
    clean, validation, test = (
        images.astype("float32") / 255 for images in (x_train, x_validation, x_test)
    )
    for seed in range(SEEDS):
        for policy in POLICIES:
            keras.utils.set_random_seed(seed)
            model = models.build("reference", x_train.shape[1:], classes)
            model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
            batches: Any = {
                "none": lambda: {"x": clean, "y": y_train, "batch_size": BATCH},
                "keras": lambda: {
                    "x": ImageDataGenerator(**WORDS, rescale=1 / 255).flow(
                        x_train, y_train, batch_size=BATCH
                    )
                },
                "albumentations": lambda: {"x": Augmented(x_train, y_train)},
            }[policy]()
            gaps: list[float] = []

            def overfitting(epoch: int, logs: Any, model: Any = model, gaps: Any = gaps) -> None:
                # on clean images: the figure that fit gives is of augmented ones
                trained = model.evaluate(clean, y_train, batch_size=256, verbose=0)[1]
                gaps.append(trained - logs["val_accuracy"])

            model.fit(
                **batches,
                epochs=epochs,
                validation_data=(validation, y_validation),
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=overfitting)],
                verbose=0,
            )
            tested = model.evaluate(test, y_test, batch_size=256, verbose=0)[1]
            print(f"{policy} {seed}: {tested:.3f}, gap {gaps[-1]:.3f}", flush=True)


if __name__ == "__main__":
    main()
