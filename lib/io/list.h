// An intrusive list: nodes live in their owners and take themselves out at their end. No
// allocation.
#pragma once

namespace tegu::io {

class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }
  bool is_linked() const { return next_ != this; }
  void unlink() {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = this;
  }

 protected:
  friend class ListBase;
  ListNode* prev_ = this;
  ListNode* next_ = this;
};

class ListBase : private ListNode {
 public:
  bool empty() const { return !is_linked(); }

 protected:
  void push_back_node(ListNode& node) {
    node.unlink();
    node.prev_ = prev_;
    node.next_ = this;
    prev_->next_ = &node;
    prev_ = &node;
  }
  ListNode* front_node() { return next_; }
};

// Nodes derive from ListNode. The list does not own them.
template <class T>
class List : public ListBase {
 public:
  void push_back(T& node) { push_back_node(node); }
  T& front() { return static_cast<T&>(*front_node()); }
};

}  // namespace tegu::io
