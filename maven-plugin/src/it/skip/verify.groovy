String log = new File(basedir, 'build.log').text
assert log.count('[INFO] coweave: skipped') == 2
assert new File(basedir, 'target/classes/it').list() == ['Numbers.class']
assert log.contains('Tests run: 1, Failures: 0')
