# The doors of the house. `make run` and `make test` need nothing prepared.
.PHONY: run test check bench prove reset messages

run: ## start everything with demonstration data; PORT, HOST, DATABASE_URL, REDIS_URL are honoured
	@./bin/run

test: ## the tests on a throw-away PostgreSQL, without the heavier files (ARGS=--whole: with them; ARGS="-k split" goes to pytest)
	@./bin/test $(ARGS)

check: ## format, lint, import contracts, types, migrations, system checks, tests
	@./bin/check

bench: ## the benchmarks
	@./bin/bench $(ARGS)

prove: ## the fault harness, one page
	@./bin/prove

reset: ## remove the database and all other state of this checkout, after asking
	@./bin/reset

messages: ## collect and compile the translations
	@./bin/messages
