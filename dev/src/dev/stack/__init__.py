"""Apache Kafka and MongoDB for development and tests: existing ones, in Docker, or as processes of this machine."""
