String log = new File(basedir, 'build.log').text
assert log.count('[INFO] coweave: wove 1 coroutine in 1 class') == 3
assert log.count('Tests run: 1, Failures: 0, Errors: 0, Skipped: 0, Time elapsed') == 2
assert !log.contains('not marked as thread-safe')
