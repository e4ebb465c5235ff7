String log = new File(basedir, 'build.log').text
assert 3 == log.readLines().findAll { it.contains('[INFO] coweave: wove 1 coroutine in 1 class') }.size()
assert 2 == log.readLines().findAll { it.contains('Tests run: 1, Failures: 0, Errors: 0, Skipped: 0, Time elapsed') }.size()
assert !log.contains('not marked as thread-safe')
