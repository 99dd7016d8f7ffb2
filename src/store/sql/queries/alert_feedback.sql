-- Puts a verdict on an alert, in the column and in the blob.
UPDATE alerts SET feedback = ?2, data = ?3 WHERE alert_id = ?1
