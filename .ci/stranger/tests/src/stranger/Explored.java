package stranger;

import dev.coweave.junit.CoroutineTest;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.api.Tag;

/** A stranger's own annotation, made of Coweave's. */
@Retention(RetentionPolicy.RUNTIME)
@Tag("explored")
@CoroutineTest(seeds = 20)
@interface Explored {}
