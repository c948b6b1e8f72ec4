-- A row of a log is read as a whole or not at all. Kept in one piece as long as a page can hold it, it costs two
-- records of the write-ahead log less, and the time to compress it; what is larger is compressed and moved out as ever.
ALTER TABLE execution_log SET (toast_tuple_target = 8160);
