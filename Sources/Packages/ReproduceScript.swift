import AzureLinux
import Sandbox
import SystemPackage

/// The file `command` beside a log: a shell script that makes the same scratch folder and starts the same sandbox.
/// It leaves the scratch folder, for looking inside; the next start of azl-dev removes it.
enum ReproduceScript {
  static func text(
    _ request: BuildRequest, scratch: BuildScratch, privilege: Privilege, machine: String
  ) -> String {
    var request = request
    request.observer = nil
    let command = RPMBuildArguments.command(request, scratch: scratch, privilege: privilege, machine: machine)
    let remove = ["rm", "-rf", "--", scratch.path.string]
    let folders = [scratch.overlay.upper, scratch.overlay.work, scratch.overlay.merged].map {
      scratch.overlay.store.appending($0).string
    }
    let topdir = ["BUILD", "BUILDROOT", "RPMS", "SOURCES", "SPECS", "SRPMS"].map {
      scratch.topdir.appending($0).string
    }
    let copies = ([request.sources.spec] + request.sources.files).map { file in
      let folder = file.role == .spec ? "SPECS" : file.role == .srpm ? "SRPMS" : "SOURCES"
      return Command(["cp", "--", file.path, scratch.topdir.appending(folder).appending(file.name).string])
        .description
    }
    let time = Command([
      "find", scratch.topdir.appending("SPECS").string, scratch.topdir.appending("SOURCES").string, "-type",
      "f",
      "-exec", "touch", "--date=@\(request.identity.sourceDateEpoch)", "{}", "+",
    ])
    return """
      #!/bin/sh -e
      # Builds \(request.spec.id) again, in the same root and with the same arguments as azl-dev did.
      # What it writes stays in \(scratch.path) until azl-dev starts again.
      \(Command(privilege == .root ? remove : privilege.namespace(remove)))
      \(Command(["mkdir", "-p"] + folders + topdir))
      \(copies.joined(separator: "\n"))
      \(time)
      exec \(command)

      """
  }
}
