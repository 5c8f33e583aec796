-- The fastest experiments of a results file, in DuckDB:
-- FILE=results/h200/layer.csv duckdb -csv < scripts/examples/fastest.sql
SELECT experiment, format('{:.3f}', median_ns / 1000) AS microseconds
FROM read_csv(getenv('FILE'), types = {'spirv_hash': 'VARCHAR', 'config_hash': 'VARCHAR', 'git_commit': 'VARCHAR'})
WHERE phase = 'total' AND mode = 'pipelined' AND status = 'ok'
ORDER BY median_ns
LIMIT 5;
