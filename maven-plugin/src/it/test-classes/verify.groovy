String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says '[INFO] coweave: wove 1 coroutine in 1 class'
// the test method and the lambda in it
says '[INFO] coweave: wove 2 coroutines in 1 class'
says 'Tests run: 1, Failures: 0'
