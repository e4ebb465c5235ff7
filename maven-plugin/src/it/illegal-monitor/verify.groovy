String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says """[ERROR] Locked.java:11: COWEAVE-101: suspension at the call of Task.sleep while holding the monitor entered at line 10
  in:      it.Locked.block()
  because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
  fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
"""
says '[ERROR] Locked.java:17: COWEAVE-102: the coroutine is a synchronized method'
says 'coweave: 2 errors, nothing was woven'
// all or none: the class beside it has no error, and is not woven
assert !new String(new File(basedir, 'target/classes/it/Numbers.class').bytes, 'ISO-8859-1').contains('coroutine/Stamp')
assert ['Locked.class', 'Numbers.class'] == new File(basedir, 'target/classes/it').list().sort()
