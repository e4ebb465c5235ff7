package dev.coweave.weave.machine;

import dev.coweave.weave.analysis.LambdaSite;
import dev.coweave.weave.analysis.Lines;
import org.objectweb.asm.Handle;

/**
 * A class to be made for lambdas that are alike.
 *
 * @param site the first place where one is made
 * @param target what its method calls: a method that is accessible in the package
 * @param className its internal name
 */
public record PlannedLambda(LambdaSite site, Handle target, String className) {
  String text() {
    return "lambda "
        + className.replace('/', '.')
        + ": "
        + Lines.name(site.interfaceName(), site.indy().name, site.methodDesc())
        + (site.suspends() ? "" : ", plain,")
        + " calls "
        + Lines.name(target.getOwner(), target.getName(), target.getDesc())
        + "\n";
  }
}
