String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says 'coweave: wove 3 coroutines'
says 'Tests run: 3, Failures: 0'
def classFile = new File(basedir, 'target/classes/it/Shapes.class').bytes
assert classFile[7] == 69 // Java 25
