"""What people and other tools read: page, Markdown, terminal, JSON, JUnit, Parquet."""
