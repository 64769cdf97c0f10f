// tegu-queue: delivery and queue, see man tegu-queue(8).
#include "daemon/run.h"
#include "model/queue/store.h"
#include "serve.h"

int main(int argc, char** argv) {
  return tegu::daemon::run(argc, argv,
                           {.name = "tegu-queue",
                            .description = "delivery and queue",
                            .sockets = {"queue.sock"},
                            .one_loop = true,
                            .hot = tegu::model::queue::hot_calls(),
                            .serve = tegu::queue::serve});
}
