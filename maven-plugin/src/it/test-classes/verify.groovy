String log = new File(basedir, 'build.log').text
assert log.contains('[INFO] coweave: wove 1 coroutine in 1 class')
// the test method and the lambda in it
assert log.contains('[INFO] coweave: wove 2 coroutines in 1 class')
assert log.contains('Tests run: 1, Failures: 0')
