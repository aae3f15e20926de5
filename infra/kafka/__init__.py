"""Apache Kafka on this machine: what it is made of, and one broker for each data folder."""
