"""Guards: triggers, made from the models, by which the database itself keeps history and audit trail, whoever writes."""
