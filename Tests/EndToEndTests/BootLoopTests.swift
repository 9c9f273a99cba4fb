import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// A rebuilt package in a guest that is already up, and a person in one.
  @Suite(.serialized) struct BootLoop {
    @Test func aRebuiltPackageIsTestedInAResumedGuest() async throws {
      try await DemoTree.with { tree in
        _ = try await tree.build("liblantern", "lantern-app")
        let image = try await tree.azl("image", "build", "imageconfigs/demo.json")
        try #require(image.status == 0, "\(image.all)")
        try tree.edit(
          "SPECS/liblantern/liblantern.spec", "%build\n",
          "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
        _ = try await tree.build("liblantern")
        let boot = try await tree.azl(
          "boot", "--hot", "--json", "--timeout", "400", "--installed", "liblantern", "--smoke",
          "lantern-app 5")
        #expect(boot.status == 0, "\(boot.all)")
        try await Schema("boot").validate(boot.out)
        #expect(boot.out.contains("+++++") && boot.out.contains("\"pushed\""), "\(boot.out)")
        let again = try await tree.azl("boot", "--hot", "--smoke", "false", "--junit", "boot.xml")
        #expect(again.status == 1 && again.out.contains("exit status 1, expected 0"), "\(again.all)")
        #expect(try tree.read("boot.xml").contains(#"type="smoke_failed""#))
        try await aShellLeavesTheTerminalAsItWas(tree)
      }
    }

    private func aShellLeavesTheTerminalAsItWas(_ tree: DemoTree) async throws {
      try await TerminalWindow.with(tree) { window in
        try await window.type("stty -g >before; \"$AZL\" boot --quick --shell --timeout 400")
        let isIn = try await Host.eventually(within: .seconds(400)) {
          try await window.screen().contains("Ctrl-]")
        }
        let screen = try await window.screen()
        try #require(isIn, "\(screen)")
        try await window.type("echo six$((6*7))")
        try await window.shows("six42")
        for process in shells(in: tree) { kill(process, SIGKILL) }
        try await window.type("stty -g >after; echo left$?")
        try await window.shows("left0")
        #expect(try tree.read("before") == tree.read("after"))
      }
    }

    /// azl-dev processes that work in a tree.
    private func shells(in tree: DemoTree) -> [Int32] {
      let manager = FileManager.default
      return ((try? manager.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init).filter { id in
        (try? manager.destinationOfSymbolicLink(atPath: "/proc/\(id)/cwd")) == tree.path.string
          && (try? manager.destinationOfSymbolicLink(atPath: "/proc/\(id)/exe"))?.hasSuffix("/azl-dev")
            == true
      }
    }
  }
}
