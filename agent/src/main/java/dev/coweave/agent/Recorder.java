package dev.coweave.agent;

import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Tells the flight recorder which classes are woven, if it runs. */
final class Recorder {
  /** Whether this JVM has one at all. */
  private static final boolean EXISTS = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private Recorder() {}

  /** Weaves a class as it is loaded. */
  static WeaveResult weave(Weaver weaver, String name, byte[] classFile) {
    // Asking doesn't start it; the event's class would.
    return EXISTS && FlightRecorder.isInitialized()
        ? Recorded.weave(weaver, name, classFile)
        : weaver.weave(classFile);
  }

  /** Apart, for it is loaded only where it can be. */
  private static final class Recorded {
    static WeaveResult weave(Weaver weaver, String name, byte[] classFile) {
      WeavingEvent event = new WeavingEvent();
      event.begin();
      WeaveResult result = weaver.weave(classFile);
      event.end();
      byte[] woven = result.classFile();
      if ((woven != null || result.failed()) && event.shouldCommit()) {
        event.name = name.replace('/', '.');
        event.coroutines = result.methods();
        event.size = classFile.length;
        event.woven = woven == null ? 0 : woven.length;
        event.companions = result.companions().size();
        event.commit();
      }
      return result;
    }
  }

  @Name("dev.coweave.Weaving")
  @Label("Weaving")
  @Description("A class was woven as it was loaded")
  @Category("Coweave")
  @StackTrace(false)
  private static final class WeavingEvent extends Event {
    @Label("Class")
    String name = "";

    @Label("Coroutines")
    int coroutines;

    @Label("Size")
    @Description("Of the class file, in bytes")
    int size;

    @Label("Size, woven")
    @Description("0 if it has errors, and stays as it was")
    int woven;

    @Label("Classes made for it")
    int companions;
  }
}
