List<String> lines = new File(basedir, 'build.log').readLines().findAll { it.contains('coweave: ') }
assert lines == ['[INFO] coweave: wove 1 coroutine in 1 class', '[INFO] coweave: nothing to weave; 1 class was woven already']
