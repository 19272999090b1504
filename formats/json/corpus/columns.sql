id BIGINT, tiny TINYINT, small SMALLINT, big BIGINT, `real` FLOAT, dbl DOUBLE, price DECIMAL(20, 4),
yes BOOLEAN, text STRING, `raw` BYTES, `day` DATE, clock TIME(0), `at` TIMESTAMP(6),
seen TIMESTAMP_LTZ(3), tags ARRAY<STRING>, `map` MAP<STRING, INT>, `inner` ROW<x DOUBLE, y STRING>
