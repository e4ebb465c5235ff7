String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says '[ERROR] Caller.java:9: COWEAVE-108: call of Clock.tick, a coroutine that was never woven'
