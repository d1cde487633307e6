"""Comparisons from Python, in the words of the command line, with tables that show themselves.

    >>> import augbench
    >>> result = augbench.compare("mixup", data="digits", train_size=200, epochs=2, seeds=2)
    >>> list(result.accuracy["policy"])
    ['none', 'mixup']
    >>> result.trials[["policy", "seed", "status"]].iloc[-1].to_dict()
    {'policy': 'mixup', 'seed': 1, 'status': 'done'}
    >>> print(result.report)
    results/report.html
    >>> augbench.load("results").conclusion == result.conclusion
    True

In a notebook a result shows its conclusion, the chart and the table of accuracy. Neither there nor
in a script is an ``if __name__ == "__main__":`` needed: workers do not run the caller's file.
"""
