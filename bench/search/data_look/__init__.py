"""What can be told of a data set before anything is trained?"""
