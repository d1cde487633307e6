"""How is a check of the regression gate shown? In a terminal, as Markdown, as JUnit."""
