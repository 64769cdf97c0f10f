#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tegu::base {

void Counter::add(double amount) {
  counter_->Increment(amount);
}
void Gauge::add(double amount) {
  gauge_->Increment(amount);
}
void Gauge::set(double value) {
  gauge_->Set(value);
}
void Histogram::observe(double value) {
  histogram_->Observe(value);
}

Registry::Registry()
    : registry_(
          std::make_unique<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)) {}
Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels));
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels));
}

Histogram Registry::seconds(const std::string& name, const std::string& help,
                            const Labels& labels) {
  static const prometheus::Histogram::BucketBoundaries bounds = {
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return Histogram(
      prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_).Add(labels, bounds));
}

std::string Registry::text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace tegu::base
