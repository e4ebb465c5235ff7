List<String> lines = new File(basedir, 'build.log').readLines().findAll { it.contains('coweave: ') }
assert lines == [
  '[INFO] coweave: wove 3 coroutines in 3 classes',
  '[INFO] coweave: wove 1 coroutine in 1 class',
  '[INFO] coweave: nothing to weave; 1 class was woven already']
List<String> left = new File(basedir, 'target/classes/it').list().sort()
// what was made for the two other classes is gone
assert left.every { it.startsWith('Numbers') || it == 'Plainer.class' } : left
assert left.size() > 2 : left
