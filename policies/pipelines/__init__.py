"""How is an Albumentations pipeline that somebody wrote down read, whichever version wrote it?"""
