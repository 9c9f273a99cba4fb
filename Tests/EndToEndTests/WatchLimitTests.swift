import AzureLinux
import Sandbox
import Testing

extension EndToEnd.Trouble {
  /// A user namespace has limits of its own: the kernel's real refusal, and nobody else on the machine is short of watches.
  @Suite(.serialized) struct WatchLimit {
    @Test(arguments: [
      ("max_inotify_watches", 5, "5 watches (user.max_inotify_watches)", "user.max_inotify_watches=524288"),
      (
        "max_inotify_instances", 0, "0 inotify instances (user.max_inotify_instances)",
        "max_inotify_instances=1024"
      ),
    ])
    func aReachedLimitNamesItsSetting(name: String, limit: Int, said: String, next: String) async throws {
      try await DemoTree.with { tree in
        var command = tree.command(["watch", "--plan"])
        let lower = #"echo "$1" > "/proc/sys/user/$2"; shift 2; exec "$@""#
        command.arguments =
          ["unshare", "--user", "--map-root-user", "sh", "-e", "-c", lower, "sh", "\(limit)", name]
          + command.arguments
        let result = try await command.run()
        #expect(result.status == ExitCode.environment.rawValue, "\(result.text)\(result.errorText)")
        #expect(result.errorText.contains("this user's \(said) are used up"), "\(result.errorText)")
        #expect(result.errorText.contains("sudo sysctl "), "\(result.errorText)")
        #expect(result.errorText.contains(next), "\(result.errorText)")
      }
    }
  }
}
