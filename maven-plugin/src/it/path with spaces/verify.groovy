assert basedir.name.contains(' ')
String log = new File(basedir, 'build.log').text
assert log.contains('[INFO] coweave: wove 1 coroutine in 1 class')
assert log.contains('Tests run: 1, Failures: 0')
