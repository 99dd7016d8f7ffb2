-- Removes dead letters that arrived before a time.
DELETE FROM dead_letters WHERE received_ns < ?1
