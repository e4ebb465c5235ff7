String log = new File(basedir, 'build.log').text
assert log.contains('[ERROR] Caller.java:9: COWEAVE-')
assert log.contains('it.Clock.tick')
