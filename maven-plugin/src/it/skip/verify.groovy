String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
assert 2 == log.readLines().findAll { it.contains('[INFO] coweave: skipped') }.size()
assert new File(basedir, 'target/classes/it').list() == ['Numbers.class']
says 'Tests run: 1, Failures: 0'
