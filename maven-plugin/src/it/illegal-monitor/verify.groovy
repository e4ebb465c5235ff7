String log = new File(basedir, 'build.log').text.replace('\r', '')
assert log.contains('[ERROR] Locked.java:11: COWEAVE-')
assert log.contains('[ERROR] Locked.java:17: COWEAVE-')
assert log.contains('coweave: 2 errors, nothing was woven')
// all or none: the class beside it has no error, and is not woven
assert !new String(new File(basedir, 'target/classes/it/Numbers.class').bytes, 'ISO-8859-1').contains('coroutine/Stamp')
assert new File(basedir, 'target/classes/it').list().sort() == ['Locked.class', 'Numbers.class']
