import AzureLinux
import Pipeline
import Testing

private func need(_ text: String, _ providers: String...) -> PackageGraph.Need {
  PackageGraph.Need(dependency: Dependency(text: text, name: text, line: 7), providers: providers)
}

@Suite("affected")
struct AffectedTests {
  // app builds with lib-devel; tool builds with wrapper, which requires lib; last builds with app
  let graph = PackageGraph(
    packages: [
      "lib": .init(spec: "lib", requires: []),
      "lib-devel": .init(spec: "lib", requires: [need("lib = 1", "lib")]),
      "app": .init(spec: "app", requires: [need("liblib.so.1", "lib")]),
      "wrapper": .init(spec: "wrapper", requires: [need("lib", "lib")]),
      "other": .init(spec: "other", requires: []),
    ],
    buildRequires: [
      "app": [need("lib-devel", "lib-devel")], "tool": [need("wrapper", "wrapper")],
      "last": [need("tool-data", "tool-data"), need("app", "app")], "other": [],
      "far": [need("last", "last")],
    ])

  @Test func levelsAndWays() {
    var graph = graph
    graph.packages["last"] = .init(spec: "last", requires: [])
    let affected = Affected(graph: graph, paths: ["app": "SPECS/app/app.spec"])
    let reached = affected.reached(from: ["lib"])
    #expect(reached.map(\.spec) == ["app", "last", "tool", "far"])
    #expect(reached.map(\.level) == [.direct, .direct, .direct, .transitive])
    #expect(reached[0].reason == "builds with lib-devel of lib  SPECS/app/app.spec:7")
    #expect(reached[2].path.map(\.edge) == ["requires", "build_requires"])
    #expect(affected.reached(from: ["lib"], levels: 1).count == 3)
    #expect(affected.reached(from: ["other"]).isEmpty)
  }
}
