-- Forgets a move.
DROP TABLE IF EXISTS libseerflow_transfer
