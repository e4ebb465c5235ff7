package dev.coweave.samples.debugging;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.ArrayReference;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.LocalVariable;
import com.sun.jdi.Location;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StackFrame;
import com.sun.jdi.StringReference;
import com.sun.jdi.Value;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.ExceptionEvent;
import com.sun.jdi.event.VMDeathEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.ExceptionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Stops a program at lines of its source and reads the locals that are visible there, through the
 * interface that IDEs use. As they do, it takes a class and what is nested in it for the classes of
 * a source file.
 */
final class Debugger {
  /** What was seen at the first stop at a line: the method, and the visible locals by name. */
  record Stop(String method, Map<String, String> locals) {}

  private static final long PATIENCE_MILLIS = 60_000;

  private final Map<Integer, Stop> stops = new TreeMap<>();
  private final Map<Integer, Integer> counts = new TreeMap<>();
  private final List<Integer> thrown = new ArrayList<>();
  private final List<Integer> lines;

  private Debugger(List<Integer> lines) {
    this.lines = lines;
  }

  /** Runs a main class to its end; gives what was seen, by line. */
  static Map<Integer, Stop> run(List<String> jvmOptions, String mainClass, List<Integer> lines)
      throws Exception {
    return debug(jvmOptions, mainClass, lines).stops;
  }

  /** Runs a main class to its end; gives how often it stopped, by line. */
  static Map<Integer, Integer> count(List<String> jvmOptions, String mainClass, List<Integer> lines)
      throws Exception {
    return debug(jvmOptions, mainClass, lines).counts;
  }

  /** Runs a main class to its end; gives the lines at which its classes threw, in the order of time. */
  static List<Integer> thrownBy(List<String> jvmOptions, String mainClass) throws Exception {
    return debug(jvmOptions, mainClass, List.of()).thrown;
  }

  private static Debugger debug(List<String> jvmOptions, String mainClass, List<Integer> lines)
      throws Exception {
    VirtualMachine vm = launch(jvmOptions, mainClass);
    try {
      Debugger debugger = new Debugger(lines);
      debugger.watch(vm, mainClass);
      return debugger;
    } finally {
      vm.process().destroyForcibly();
    }
  }

  /** Starts a main class that waits to be told to go on. */
  static VirtualMachine launch(List<String> jvmOptions, String mainClass) throws Exception {
    LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
    Map<String, Connector.Argument> arguments = connector.defaultArguments();
    arguments
        .get("options")
        .setValue(jvmOptions.stream().map(o -> '"' + o + '"').collect(Collectors.joining(" ")));
    arguments.get("main").setValue(mainClass);
    return connector.launch(arguments);
  }

  private void watch(VirtualMachine vm, String mainClass) throws Exception {
    ClassPrepareRequest prepared = vm.eventRequestManager().createClassPrepareRequest();
    prepared.addClassFilter(mainClass + "*");
    prepared.enable();
    ExceptionRequest exceptions = vm.eventRequestManager().createExceptionRequest(null, true, true);
    exceptions.addClassFilter(mainClass + "*");
    exceptions.enable();
    while (true) {
      EventSet events = vm.eventQueue().remove(PATIENCE_MILLIS);
      if (events == null) {
        throw new AssertionError("the program hangs; stopped so far: " + stops);
      }
      for (Event event : events) {
        if (event instanceof ClassPrepareEvent e) {
          setBreakpoints(vm, e.referenceType());
        } else if (event instanceof BreakpointEvent e) {
          stops.putIfAbsent(e.location().lineNumber(), look(e));
          counts.merge(e.location().lineNumber(), 1, Integer::sum);
        } else if (event instanceof ExceptionEvent e) {
          thrown.add(e.location().lineNumber());
        } else if (event instanceof VMDeathEvent || event instanceof VMDisconnectEvent) {
          return;
        }
      }
      events.resume();
    }
  }

  /** A line is in several methods: the body, and its copy that goes on after a suspension. */
  private void setBreakpoints(VirtualMachine vm, ReferenceType type) {
    for (int line : lines) {
      try {
        for (Location location : type.locationsOfLine(line)) {
          vm.eventRequestManager().createBreakpointRequest(location).enable();
        }
      } catch (AbsentInformationException e) {
        return; // one that only holds saved locals
      }
    }
  }

  private static Stop look(BreakpointEvent event)
      throws IncompatibleThreadStateException, AbsentInformationException {
    StackFrame frame = event.thread().frame(0);
    Map<String, String> locals = new TreeMap<>();
    for (LocalVariable local : frame.visibleVariables()) {
      locals.put(local.name(), show(frame.getValue(local)));
    }
    return new Stop(event.location().method().name(), locals);
  }

  private static String show(Value value) {
    return value instanceof StringReference s
        ? s.value()
        : value instanceof ArrayReference a ? a.getValues().toString() : String.valueOf(value);
  }
}
