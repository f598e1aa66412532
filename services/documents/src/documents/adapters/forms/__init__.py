"""Forms, judged by a library of JSON Schema."""
