package dev.coweave.durable.speed;

import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.workflow.Workflow;
import dev.dbos.transact.workflow.WorkflowHandle;
import java.util.concurrent.Callable;
import javax.sql.DataSource;

/** The workflow as DBOS Transact runs it. */
final class Dbos implements Contest {
  /** A service of DBOS is called by its interface. */
  public interface Service {
    /** The workflow. */
    int sum(int steps);
  }

  /** What it does. */
  public static final class Sum implements Service {
    private final DBOS dbos;

    Sum(DBOS dbos) {
      this.dbos = dbos;
    }

    @Override
    @Workflow(name = "sum")
    public int sum(int steps) {
      int sum = 0;
      for (int i = 0; i < steps; i++) {
        int n = i;
        sum += dbos.<Integer, RuntimeException>runStep(() -> n, "number");
      }
      return sum;
    }
  }

  private final DBOS dbos;
  private final Service service;

  Dbos(DataSource source) {
    dbos =
        new DBOS(
            DBOSConfig.defaults("speed")
                .withDataSource(source)
                .withMigrate(true)
                .withAppVersion("1"));
    service = dbos.registerProxy(Service.class, new Sum(dbos));
    dbos.launch();
  }

  @Override
  public String name() {
    return "DBOS, PostgreSQL";
  }

  @Override
  public Callable<Integer> start(String id, int steps) {
    WorkflowHandle<Integer, RuntimeException> handle =
        dbos.startWorkflow(() -> service.sum(steps), new StartWorkflowOptions(id));
    return handle::getResult;
  }

  @Override
  public void close() {
    dbos.close();
  }
}
