import Foundation
import SystemPackage
import Testing

@testable import Sandbox

@Suite struct ControlGroupTests {
  private func place(
    of controller: String, _ mounts: String, _ own: String, writable: Set<String>,
    shared: [String: String] = [:]
  ) -> ControlGroups.Place? {
    KernelFiles(
      mounts: mounts, own: own, isWritable: { writable.contains($0.string) },
      content: { shared[$0.string] ?? "" }
    ).place(of: controller)
  }

  private let second = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"

  @Test func theNearestGroupThatSharesTheControllerOut() {
    let user = "/sys/fs/cgroup/user.slice/user@1000.service"
    let found = place(
      of: "memory", second, "0::/user.slice/user@1000.service/app.slice/term.scope",
      writable: [user, user + "/cgroup.procs", user + "/app.slice", user + "/app.slice/term.scope"],
      shared: [
        user + "/cgroup.subtree_control": "cpu memory pids",
        user + "/app.slice/cgroup.subtree_control": "pids",
      ])
    #expect(found == .init(version: .two, parent: FilePath(user)))
  }

  @Test func oneThatMayNotBeWrittenIsNone() {
    let found = place(
      of: "memory", second, "0::/user.slice/session.scope", writable: [],
      shared: ["/sys/fs/cgroup/cgroup.subtree_control": "memory pids"])
    #expect(found == nil)
  }

  @Test func versionOneHasAHierarchyForEach() {
    let mounts = """
      41 30 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
      42 30 0:33 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
      43 30 0:34 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
      """
    let own = "8:pids:/\n4:memory:/job/1\n0::/"
    let memory = "/sys/fs/cgroup/memory/job/1"
    let found = place(of: "memory", mounts, own, writable: [memory, memory + "/cgroup.procs"])
    #expect(found == .init(version: .one, parent: FilePath(memory)))
    let pids = "/sys/fs/cgroup/pids"
    #expect(
      place(of: "pids", mounts, own, writable: [pids, pids + "/cgroup.procs"])
        == .init(version: .one, parent: FilePath(pids)))
  }

  @Test func aContainerSeesItsOwnPart() {
    let mounts = "30 23 0:26 /docker/a /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"
    let group = "/sys/fs/cgroup/memory/b"
    #expect(
      place(of: "memory", mounts, "4:memory:/docker/a/b", writable: [group, group + "/cgroup.procs"])?.parent
        == FilePath(group))
  }

  @Test(.enabled(if: ControlGroups.find().processes != nil, "no control group with pids can be made here"))
  func whoJoinsIsCountedAndTheGroupGoes() async throws {
    let group = try #require(ControlGroup(ResourceLimits(processes: 20), in: .find()))
    let result = try await Command(["sh", "-c", "for i in $(seq 50); do sleep 100 & done"]).joining(group)
      .run()
    #expect(!result.isSuccess)
    #expect(group.events.refusedProcesses > 0)
    await group.remove()
    #expect(group.folders.allSatisfy { !FileManager.default.fileExists(atPath: $0.string) })
  }
}
