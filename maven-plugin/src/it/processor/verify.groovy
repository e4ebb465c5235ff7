String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says 'Tests run: 1, Failures: 0'
if (!new File(basedir, 'target/classes/it').list().any { it.startsWith('Numbers$$') }) throw new AssertionError('not woven')
