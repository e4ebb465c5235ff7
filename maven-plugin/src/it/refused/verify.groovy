String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says """[ERROR] Locked.java:11: COWEAVE-101: suspension at the call of Task.sleep while holding the monitor entered at line 10
  in:      it.Locked.block()
  because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
  fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
"""
says '[ERROR] Locked.java:17: COWEAVE-102: the coroutine is a synchronized method'
says '[ERROR] More.java: COWEAVE-107: the coroutine is a native method'
says '[ERROR] More.java:9: COWEAVE-103: call of Task.yield in a static initialiser'
says '[ERROR] More.java:13: COWEAVE-103: call of Task.yield in a constructor'
says '[ERROR] More.java:21: COWEAVE-110: the class has a method f(int, Continuation) of its own'
says 'coweave: 6 errors, nothing was woven'
// all or none: the class beside it has no error, and is not woven
assert !new String(new File(basedir, 'target/classes/it/Numbers.class').bytes, 'ISO-8859-1').contains('coroutine/Stamp')
assert ['Locked.class', 'More.class', 'Numbers.class'] == new File(basedir, 'target/classes/it').list().sort()
