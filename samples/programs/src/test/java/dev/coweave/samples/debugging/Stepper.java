package dev.coweave.samples.debugging;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.Location;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StackFrame;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.StepEvent;
import com.sun.jdi.event.VMDeathEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequestManager;
import com.sun.jdi.request.StepRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Steps over each line that it stops in, with breakpoints in all of them, as somebody does who presses one key again and again. It leaves
 * out the runtime's classes, as IDEs do that are told to, and steps out of what has no line.
 *
 * <p>A step ends where the next line begins; or in a caller, as after a return; or in code without lines. All else is a phantom.
 */
final class Stepper {
  private static final long PATIENCE_MILLIS = 60_000;

  private static final List<String> FILTERS =
      List.of(
          "java.*",
          "jdk.*",
          "sun.*",
          "dev.coweave.coroutine.*",
          "dev.coweave.flow.*",
          "dev.coweave.generator.*",
          "dev.coweave.loop.*",
          "dev.coweave.task.*");

  /** Where a frame of the stack stands. */
  private record Place(String method, int line) {
    static Place of(Location location) {
      return new Place(
          location.declaringType().name() + "." + location.method().name(), location.lineNumber());
    }
  }

  private final VirtualMachine vm;
  private final EventRequestManager requests;
  private final Map<Integer, Integer> counts = new TreeMap<>();
  private final List<String> phantoms = new ArrayList<>();

  /** The stack from which the step began, the innermost frame first. */
  private List<Place> from = List.of();

  /** The heads of loops over elements, which are come back to in their middle. */
  private final Set<Integer> heads;

  private Stepper(VirtualMachine vm, Set<Integer> heads) {
    this.vm = vm;
    this.heads = heads;
    this.requests = vm.eventRequestManager();
  }

  /**
   * Steps through a main class to its end.
   *
   * @param heads the lines that are heads of loops over elements
   */
  static Steps walk(List<String> jvmOptions, String mainClass, Set<Integer> heads)
      throws Exception {
    VirtualMachine vm = Debugger.launch(jvmOptions, mainClass);
    try {
      Stepper stepper = new Stepper(vm, heads);
      stepper.walk(mainClass);
      return new Steps(stepper.counts, stepper.phantoms);
    } finally {
      vm.process().destroyForcibly();
    }
  }

  /**
   * What somebody has seen who stepped through a program.
   *
   * @param counts how often it stopped where a line begins, by line
   * @param phantoms where else
   */
  record Steps(Map<Integer, Integer> counts, List<String> phantoms) {}

  private void walk(String mainClass) throws Exception {
    ClassPrepareRequest prepared = requests.createClassPrepareRequest();
    prepared.addClassFilter(mainClass + "*");
    prepared.enable();
    while (true) {
      EventSet events = vm.eventQueue().remove(PATIENCE_MILLIS);
      if (events == null) {
        throw new AssertionError("the program hangs; stopped so far: " + counts);
      }
      StepEvent step = null;
      BreakpointEvent breakpoint = null;
      for (Event event : events) {
        if (event instanceof ClassPrepareEvent e) {
          setBreakpoints(e.referenceType());
        } else if (event instanceof StepEvent e) {
          step = e;
        } else if (event instanceof BreakpointEvent e) {
          breakpoint = e;
        } else if (event instanceof VMDeathEvent || event instanceof VMDisconnectEvent) {
          return;
        }
      }
      if (step != null) {
        look(step);
        stopped(step.thread(), step.location());
      } else if (breakpoint != null) {
        stopped(breakpoint.thread(), breakpoint.location());
      }
      events.resume();
    }
  }

  private void look(StepEvent end) throws IncompatibleThreadStateException {
    Place now = Place.of(end.location());
    int left = from.size() - end.thread().frameCount();
    boolean isNext =
        left == 0
            && now.line != from.get(0).line
            && (isBeginning(end.location()) || heads.contains(now.line));
    boolean isCaller = left > 0 && now.equals(from.get(left));
    if (!isNext && !isCaller && now.line >= 0) {
      phantoms.add(
          now + " at " + end.location().codeIndex() + ", " + left + " out of " + from.get(0));
    }
  }

  private void stopped(ThreadReference thread, Location location)
      throws IncompatibleThreadStateException {
    if (isBeginning(location)) {
      counts.merge(location.lineNumber(), 1, Integer::sum);
    }
    step(thread, location.lineNumber() < 0 ? StepRequest.STEP_OUT : StepRequest.STEP_OVER);
  }

  private void step(ThreadReference thread, int depth) throws IncompatibleThreadStateException {
    from = new ArrayList<>();
    for (StackFrame frame : thread.frames()) {
      from.add(Place.of(frame.location()));
    }
    requests.deleteEventRequests(List.copyOf(requests.stepRequests()));
    StepRequest request = requests.createStepRequest(thread, StepRequest.STEP_LINE, depth);
    FILTERS.forEach(request::addClassExclusionFilter);
    request.addCountFilter(1);
    request.enable();
  }

  /** Whether a line's code begins at a location. */
  private static boolean isBeginning(Location location) {
    try {
      return location.method().allLineLocations().contains(location);
    } catch (AbsentInformationException e) {
      return false;
    }
  }

  private void setBreakpoints(ReferenceType type) {
    try {
      for (Location location : type.allLineLocations()) {
        requests.createBreakpointRequest(location).enable();
      }
    } catch (AbsentInformationException e) {
      // one that only holds saved locals
    }
  }
}
